"""What is said: script language, engine, Mandarin read aloud, hearing. Pure: no clock, database, network."""
