"""What outlives every deployment: keys, tables, files, secrets, the accounts of people, the alarm topic."""

from aws_cdk import CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra_cdk.constructs.alarms import Pager
from infra_cdk.constructs.findings import accept
from infra_cdk.people import People
from infra_cdk.stages import Stage

OPEN_ORDERS_INDEX = "open-orders"
BY_BUYER_INDEX = "by-buyer"


class Data(Stack):
    """The stack no release may replace anything of."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(scope, construct_id)
        self.data_key = kms.Key(
            self,
            "DataKey",
            description=f"Alexandrite {stage.name}: tables, files, secrets",
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.RETAIN,
        )
        self.message_key = _message_key(self, stage)
        self.pager = Pager(self, "Pager", key=self.message_key)
        self.access_logs = _access_logs(self, stage)
        self.orders = self._table("Orders", sorted_by="sk", stream=dynamodb.StreamViewType.NEW_IMAGE)
        self.orders.add_global_secondary_index(
            index_name=OPEN_ORDERS_INDEX,
            partition_key=_string("check_shard"),
            sort_key=_string("next_check_at"),
            projection_type=dynamodb.ProjectionType.KEYS_ONLY,
        )
        self.orders.add_global_secondary_index(
            index_name=BY_BUYER_INDEX,
            partition_key=_string("buyer_key"),
            sort_key=_string("created_key"),
            projection_type=dynamodb.ProjectionType.INCLUDE,
            # What a list shows of an order, so that none of them is read for it.
            non_key_attributes=["summary"],
        )
        # Names, addresses, telephones: nothing else is here, so that erasing a person is deleting an item.
        self.contacts = self._table("Contacts", sorted_by=None)
        self.company = self._table("Company", sorted_by="sk")
        self.board = self._table("Board", sorted_by="sk")
        self.attention = self._table("Attention", sorted_by="sk")
        self.models = self._models_bucket()
        self.api_key_pepper = self._secret("ApiKeyPepper", "Makes stolen hashes of API keys useless")
        self.carrier_secret = self._secret("Carrier", "Signs the carrier's messages")
        self.people = People(self, "People", stage=stage)
        self._outputs()

    def _table(
        self, construct_id: str, *, sorted_by: str | None, stream: dynamodb.StreamViewType | None = None
    ) -> dynamodb.Table:
        return dynamodb.Table(
            self,
            construct_id,
            partition_key=_string("pk"),
            sort_key=_string(sorted_by) if sorted_by else None,
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
            encryption_key=self.data_key,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=True,
            removal_policy=RemovalPolicy.RETAIN,
            time_to_live_attribute="expires_at",
            stream=stream,
        )

    def _models_bucket(self) -> s3.Bucket:
        bucket = s3.Bucket(
            self,
            "Models",
            encryption=s3.BucketEncryption.KMS,
            encryption_key=self.data_key,
            bucket_key_enabled=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            # An order is made from the version that was priced, whatever was uploaded after it.
            versioned=True,
            server_access_logs_bucket=self.access_logs,
            server_access_logs_prefix="models/",
            removal_policy=RemovalPolicy.RETAIN,
            # An upload is allowed by its signed policy and carries no cookie, and partners upload from pages of
            # their own: the origin says nothing about the right to upload.
            cors=[
                s3.CorsRule(
                    allowed_methods=[s3.HttpMethods.GET, s3.HttpMethods.HEAD, s3.HttpMethods.POST],
                    allowed_origins=["*"],
                    allowed_headers=["*"],
                    exposed_headers=["ETag", "x-amz-version-id"],
                    max_age=Duration.hours(1).to_seconds(),
                )
            ],
            lifecycle_rules=[
                s3.LifecycleRule(id="unfinished-uploads", abort_incomplete_multipart_upload_after=Duration.days(1)),
                s3.LifecycleRule(
                    id="rarely-read",
                    transitions=[
                        s3.Transition(
                            storage_class=s3.StorageClass.GLACIER_INSTANT_RETRIEVAL,
                            transition_after=Duration.days(90),
                        )
                    ],
                ),
                # Long after the last remake of an order that was priced by it.
                s3.LifecycleRule(id="replaced-versions", noncurrent_version_expiration=Duration.days(730)),
            ],
        )
        # `event_bridge_enabled` would add a custom resource for what is one property.
        resource = bucket.node.default_child
        assert isinstance(resource, s3.CfnBucket)  # noqa: S101 - narrows the type for the checker
        resource.add_property_override(
            "NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled",
            True,
        )
        return bucket

    def _secret(self, construct_id: str, description: str) -> secretsmanager.Secret:
        secret = secretsmanager.Secret(
            self,
            construct_id,
            description=description,
            encryption_key=self.data_key,
            generate_secret_string=secretsmanager.SecretStringGenerator(
                password_length=64, exclude_punctuation=True, include_space=False
            ),
            removal_policy=RemovalPolicy.RETAIN,
        )
        accept(
            secret,
            "AwsSolutions-SMG4",
            "Rotation cannot be automatic: every API key is hashed under the pepper, and the carrier has to be told.",
        )
        return secret

    def _outputs(self) -> None:
        for name, value in {
            "OrdersTable": self.orders.table_name,
            "ContactsTable": self.contacts.table_name,
            "CompanyTable": self.company.table_name,
            "BoardTable": self.board.table_name,
            "AttentionTable": self.attention.table_name,
            "ModelsBucket": self.models.bucket_name,
            "ApiKeyPepperSecret": self.api_key_pepper.secret_arn,
            "CarrierSecret": self.carrier_secret.secret_arn,
            "CustomersPoolId": self.people.customers.user_pool_id,
            "CustomersClientId": self.people.customers_client.user_pool_client_id,
            "StaffPoolId": self.people.staff.user_pool_id,
            "StaffClientId": self.people.staff_client.user_pool_client_id,
            "AlarmTopic": self.pager.topic.topic_arn,
        }.items():
            CfnOutput(self, name, value=value)


def _string(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)


def _message_key(scope: Construct, stage: Stage) -> kms.Key:
    """The key of queues and topics; the services that send to them on their own must be admitted by its policy."""
    key = kms.Key(
        scope,
        "MessageKey",
        description=f"Alexandrite {stage.name}: queues and topics",
        enable_key_rotation=True,
        removal_policy=RemovalPolicy.RETAIN,
    )
    key.add_to_resource_policy(
        iam.PolicyStatement(
            sid="AlarmsAndEventsMayBeSent",
            principals=[
                iam.ServicePrincipal("cloudwatch.amazonaws.com"),
                iam.ServicePrincipal("events.amazonaws.com"),
            ],
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=["*"],
            conditions={"StringEquals": {"aws:SourceAccount": Stack.of(scope).account}},
        )
    )
    return key


def _access_logs(scope: Construct, stage: Stage) -> s3.Bucket:
    bucket = s3.Bucket(
        scope,
        "AccessLogs",
        # The log delivery of S3 writes under no other key than S3's own.
        encryption=s3.BucketEncryption.S3_MANAGED,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        enforce_ssl=True,
        minimum_tls_version=1.2,
        removal_policy=RemovalPolicy.RETAIN,
        lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(90 if stage.is_developers else 400))],
    )
    accept(bucket, "AwsSolutions-S1", "This bucket is where access logs go: logging its own would never end.")
    return bucket
