"""Where orders are kept: one table, one writer."""
