"""Browsers as telephones: access tokens, the signalling of Twilio's Voice SDK, and sound over WebRTC."""
