"""What every HTTP route shares: reading a request, answering it, refusing it, and describing it."""
