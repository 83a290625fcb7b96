"""How what has happened travels: from the table's stream over the bus into the queue of each consumer."""
