"""What is said: script language, engine, spoken Mandarin and hearing. Pure: no clock, no database, no network."""
