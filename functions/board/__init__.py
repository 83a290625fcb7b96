"""What keeps the operators' board."""
