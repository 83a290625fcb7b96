"""What sellers look at: orders by status and due date, search, and the lists of those that need somebody."""
