"""Who is at the screen and what they may open: sessions, rights, the audit, and the pages about people."""
