"""Who may come in, where API Gateway cannot know by itself."""
