"""Files taken in: by upload or from a watched folder, worked one after the other in a process of its own."""
