"""What is said: script language, engine, spoken Mandarin, hearing. Pure: no clock, database or network."""
