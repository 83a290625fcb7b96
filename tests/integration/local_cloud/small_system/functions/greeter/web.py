"""Answers every request with what the function sees of its surroundings."""

import json
import os
import sys

import greetings


def handler(event, context):
    if event["pathParameters"]["name"] == "nobody-home":
        raise LookupError("nobody-home")
    seen = {
        "greeting": greetings.greet(event["pathParameters"]["name"]),
        "authorizer": event["requestContext"].get("authorizer"),
        "environment": sorted(os.environ),
        "endpoint": os.environ["AWS_ENDPOINT_URL"],
        "search_path": sys.path,
    }
    print(json.dumps({"level": "INFO", "message": "greeted"}))
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps(seen)}
