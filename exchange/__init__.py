"""A local telephone exchange that speaks Twilio's voice API; it imports nothing of the other rooms."""
