"""The Lambda function of buyers: two audiences over the same use cases."""

from chalice.app import Chalice

from shop.customer_routes import customer
from shop.partner_routes import partner

app = Chalice(app_name="shop")
customer.open(app)
partner.open(app)
