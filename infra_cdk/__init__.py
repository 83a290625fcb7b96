"""The AWS template of Alexandrite: one description of the cloud and of the local system."""
