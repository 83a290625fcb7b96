"""What buyers do: customers through the shop, partners through the open API; one set of use cases for both."""
