"""AWS clients: made when first needed, one of each kind per process."""

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.config import Config
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient


@cache
def _session() -> Any:
    import boto3  # noqa: PLC0415 - half a second of cold start that a refused request need not pay

    return boto3.Session()


def _config(*, read_timeout_s: float, signature: str | None = None) -> "Config":
    """Short timeouts and few attempts: a caller waits, and whoever calls us retries with the whole request."""
    from botocore.config import Config  # noqa: PLC0415 - as above

    return Config(
        connect_timeout=2,
        read_timeout=read_timeout_s,
        retries={"mode": "standard", "total_max_attempts": 3},
        tcp_keepalive=True,
        # Addresses of files too: signed the old way, S3 refuses those of encrypted objects.
        signature_version=signature,
    )


@cache
def dynamodb() -> "DynamoDBClient":
    """Return the client of DynamoDB."""
    client: DynamoDBClient = _session().client("dynamodb", config=_config(read_timeout_s=5))
    return client


@cache
def event_bridge() -> "EventBridgeClient":
    """Return the client of EventBridge."""
    client: EventBridgeClient = _session().client("events", config=_config(read_timeout_s=5))
    return client


@cache
def step_functions() -> "SFNClient":
    """Return the client of Step Functions."""
    client: SFNClient = _session().client("stepfunctions", config=_config(read_timeout_s=5))
    return client


@cache
def sqs() -> "SQSClient":
    """Return the client of SQS; its reads wait longer than a long poll does."""
    client: SQSClient = _session().client("sqs", config=_config(read_timeout_s=30))
    return client


@cache
def s3() -> "S3Client":
    """Return the client of S3."""
    client: S3Client = _session().client("s3", config=_config(read_timeout_s=60, signature="s3v4"))
    return client


@cache
def api_gateway() -> "APIGatewayClient":
    """Return the client of API Gateway's own administration."""
    client: APIGatewayClient = _session().client("apigateway", config=_config(read_timeout_s=10))
    return client


@cache
def secrets_manager() -> "SecretsManagerClient":
    """Return the client of Secrets Manager."""
    client: SecretsManagerClient = _session().client("secretsmanager", config=_config(read_timeout_s=5))
    return client


@cache
def secret(secret_id: str) -> bytes:
    """Return a secret by its name or ARN: read once per process."""
    answer = secrets_manager().get_secret_value(SecretId=secret_id)
    return answer["SecretString"].encode()
