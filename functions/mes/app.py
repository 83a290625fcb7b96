"""The Lambda function of the floor."""

from chalice.app import Chalice

from mes.command_routes import operator
from mes.reading_routes import add_reading_routes

app = Chalice(app_name="mes")
add_reading_routes(operator)
operator.open(app)
