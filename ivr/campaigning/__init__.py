"""Lists and campaigns on the screen: drop a file, make a campaign of it, watch it, ask why."""
