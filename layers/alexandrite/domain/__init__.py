"""The rules of the company, pure: no clock, no randomness, no environment, no input or output."""
