"""What keeps orders moving without a caller: relay, orchestrate, step and sweeper."""
