"""The REST API, https://www.twilio.com/docs/voice/api, as far as the exchange has it."""
