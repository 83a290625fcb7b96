"""The API of sellers at `/crm/v1` and of carriers at `/carrier/v1`, and the sellers' lists."""
