"""Small handlers, each one behaviour of Lambda that the local cloud must show."""

import json
import time

ATTEMPTS = {}


def fails_in_part(event, context):
    """A stream consumer that refuses the record `poison` twice before it takes it."""
    failures = []
    for record in event["Records"]:
        key = record["dynamodb"]["Keys"]["pk"]["S"]
        ATTEMPTS[key] = ATTEMPTS.get(key, 0) + 1
        if key == "poison" and ATTEMPTS[key] < 3:
            failures.append({"itemIdentifier": record["dynamodb"]["SequenceNumber"]})
        print(json.dumps({"taken" if not failures else "refused": key, "attempt": ATTEMPTS[key]}))
    return {"batchItemFailures": failures}


def measures(event, context):
    """Writes one metric in the embedded metric format."""
    metric = {
        "_aws": {
            "Timestamp": int(time.time() * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": "Small",
                    "Dimensions": [["desk"]],
                    "Metrics": [{"Name": "Signed", "Unit": "Count"}],
                }
            ],
        },
        "desk": event["desk"],
        "Signed": event["signed"],
    }
    print(json.dumps(metric))
    return {"signed": event["signed"]}


def partners(event, context):
    """A token authorizer that names the usage plan's key by itself."""
    token = event["authorizationToken"]
    if token not in ("Bearer known", "Bearer unplanned"):
        raise PermissionError("Unauthorized")  # the gateway looks at the message alone
    return {
        "principalId": "partner-1",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": "*"}],
        },
        "context": {"partner": "one"},
        "usageIdentifierKey": "opaque-identifier-of-partner-one" if token == "Bearer known" else "of-nobody-at-all",
    }
