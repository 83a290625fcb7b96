"""What keeps orders moving without a caller: the order machine's start, wake-ups and steps, and the sweeper."""
