"""Where calls meet or wait: rooms, conferences and queues."""
