"""Who calls: tokens of people, keys of partners, signatures of carriers."""
