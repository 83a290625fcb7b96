"""Uploaded 3D models: registering, receiving, confirming the unit, and what the engine found out about them."""
