"""The author's pages: scripts tried out, their words changed, checked, approved and put in force."""
