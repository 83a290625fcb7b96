"""The environment of the emulator, its functions and its tasks: nothing is taken from the caller but paths."""

from collections.abc import Mapping
from pathlib import Path

ACCOUNT = "000000000000"
REGION = "us-east-1"
HOST = "127.0.0.1"

# How long requests and tasks may take to finish at a stop.
GRACE_SECONDS = 3

_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE")


def credentials(port: int) -> dict[str, str]:
    """What any AWS client of the local cloud needs in its environment."""
    return {
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_ENDPOINT_URL": f"http://{HOST}:{port}",
        "AWS_EC2_METADATA_DISABLED": "true",
        # Neither a profile nor a login of the developer may decide which cloud is spoken to.
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }


def inherited(caller: Mapping[str, str]) -> dict[str, str]:
    """The few variables of the caller that concern the machine, not an account."""
    return {name: caller[name] for name in _INHERITED if name in caller}


def environment(directory: Path, port: int, caller: Mapping[str, str]) -> dict[str, str]:
    """The whole environment of the emulator process."""
    return {
        **inherited(caller),
        **credentials(port),
        "GATEWAY_PORT": str(port),
        "BIND_HOST": HOST,
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "PERSIST_STATE": "1",
        "STATE_DIR": str(directory / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(directory / "s3"),
        "ECS_RESTORE_RECONCILE_DELAY_SECONDS": "0",
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "LOG_LEVEL": caller.get("LOG_LEVEL", "INFO"),
        "PYTHONUNBUFFERED": "1",
    }
