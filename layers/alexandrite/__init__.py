"""Alexandrite: an order's way from the customer's 3D model to delivered jewellery."""
