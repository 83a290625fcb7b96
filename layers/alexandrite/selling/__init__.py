"""What sellers do: release, answer for exceptions, close; and keep the company's prices and rules."""
