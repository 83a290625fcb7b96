"""What roles may do with our data: the actions they use on what they use them on, and no more."""

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sqs as sqs

from infra_cdk.constructs.findings import accept_resource

READ = ("dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query")
# A transaction needs the permission of each of its parts; there is none for the transaction itself.
WRITE = ("dynamodb:ConditionCheckItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem")


def grant_items(table: dynamodb.Table, role: iam.IRole, *actions: str) -> None:
    """Allow `actions` on the items of `table`."""
    _allow(role, actions, [table.table_arn])
    _grant_key_of(table.encryption_key, role)


def grant_index(table: dynamodb.Table, index: str, role: iam.IRole) -> None:
    """Allow queries of one index."""
    _allow(role, ["dynamodb:Query"], [f"{table.table_arn}/index/{index}"])


def grant_objects(bucket: s3.Bucket, prefix: str, role: iam.IRole, *actions: str) -> None:
    """Allow `actions` on the objects under `prefix`."""
    # In another stack, the export that it would import anyway: the finding is reported under its name.
    arn = bucket.bucket_arn if Stack.of(role) is bucket.stack else bucket.stack.export_value(bucket.bucket_arn)
    objects = f"{arn}/{prefix}*"
    _allow(role, actions, [objects])
    accept_resource(role, objects, f"Objects under {prefix} have names the system makes up as they come.")
    _grant_key_of(bucket.encryption_key, role)


def grant_listing(bucket: s3.Bucket, role: iam.IRole, *actions: str) -> None:
    """Allow looking for objects: without `s3:ListBucket` an object that is not there is 403 instead of 404."""
    _allow(role, ["s3:ListBucket", *actions], [bucket.bucket_arn])


def grant_secret(secret: secretsmanager.Secret, role: iam.IRole) -> None:
    """Allow reading one secret."""
    _allow(role, ["secretsmanager:GetSecretValue"], [secret.secret_arn])
    _grant_key_of(secret.encryption_key, role)


def grant_sending(queue: sqs.Queue, role: iam.IRole) -> None:
    """Allow putting messages into a queue."""
    _allow(role, ["sqs:SendMessage"], [queue.queue_arn])
    _grant_key_of(queue.encryption_master_key, role)


def grant_key(key: kms.IKey, role: iam.IRole) -> None:
    """Allow the services that hold our data under a key to use it for this role."""
    _allow(role, ["kms:Decrypt", "kms:GenerateDataKey"], [key.key_arn])


def _grant_key_of(key: kms.IKey | None, role: iam.IRole) -> None:
    if key is not None:
        grant_key(key, role)


def _allow(role: iam.IRole, actions: Sequence[str], resources: Sequence[str]) -> None:
    role.add_to_principal_policy(iam.PolicyStatement(actions=list(actions), resources=list(resources)))
