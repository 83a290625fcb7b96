"""The API of buyers: customers at `/shop/v1`, partners at `/partner/v1`."""
