"""The API of operators and foremen at `/mes/v1`."""
