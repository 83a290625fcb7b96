"""The Lambda function of sellers and carriers."""

from chalice.app import Chalice

from crm.carrier_routes import carrier
from crm.company_routes import add_company_routes
from crm.order_routes import seller

app = Chalice(app_name="crm")
add_company_routes(seller)
seller.open(app)
carrier.open(app)
