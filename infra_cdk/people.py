"""The accounts of customers and staff: two pools, so that no token of one is ever valid for the other."""

from aws_cdk import Aws, Duration, RemovalPolicy
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from infra_cdk.constructs.findings import accept
from infra_cdk.stages import Stage

STAFF_GROUPS = ("sellers", "operators", "foremen", "engineers")


class People(Construct):
    """Pools, groups, scopes and the browser clients that sign in with a code and PKCE."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(scope, construct_id)
        self.customers = _pool(self, "Customers", self_sign_up=True)
        accept(
            self.customers,
            "AwsSolutions-COG2",
            "Customers choose a second factor themselves: nothing is paid from an account.",
        )
        self.staff = _pool(self, "Staff", self_sign_up=False)
        accept(
            self.staff,
            "AwsSolutions-COG2",
            "Operators share a workshop's tablets, without a telephone at hand; sellers and engineers may turn it on.",
        )
        for pool in (self.customers, self.staff):
            accept(pool, "AwsSolutions-COG3", "Threat protection is priced per user: decided with the first campaign.")
            accept(pool, "AwsSolutions-COG8", "The Plus tier is what threat protection costs: decided with it.")
        for group in STAFF_GROUPS:
            cognito.CfnUserPoolGroup(self, group.capitalize(), user_pool_id=self.staff.user_pool_id, group_name=group)
        self.customers_client = _client(self.customers, stage, ["shop"], Duration.days(30))
        self.staff_client = _client(self.staff, stage, ["crm", "mes"], Duration.hours(12))
        for name, pool in (("customers", self.customers), ("staff", self.staff)):
            pool.add_domain(
                "SignIn",
                cognito_domain=cognito.CognitoDomainOptions(
                    domain_prefix=f"alexandrite-{stage.name}-{name}-{Aws.ACCOUNT_ID}"
                ),
            )


def _pool(scope: Construct, construct_id: str, *, self_sign_up: bool) -> cognito.UserPool:
    return cognito.UserPool(
        scope,
        construct_id,
        self_sign_up_enabled=self_sign_up,
        sign_in_aliases=cognito.SignInAliases(email=True),
        sign_in_case_sensitive=False,
        auto_verify=cognito.AutoVerifiedAttrs(email=True),
        standard_attributes=cognito.StandardAttributes(email=cognito.StandardAttribute(required=True, mutable=True)),
        password_policy=cognito.PasswordPolicy(
            min_length=12,
            require_digits=True,
            require_lowercase=True,
            require_uppercase=True,
            require_symbols=True,
            temp_password_validity=Duration.days(3),
        ),
        mfa=cognito.Mfa.OPTIONAL,
        mfa_second_factor=cognito.MfaSecondFactor(otp=True, sms=False),
        account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
        deletion_protection=True,
        removal_policy=RemovalPolicy.RETAIN,
    )


def _client(
    pool: cognito.UserPool, stage: Stage, audiences: list[str], signed_in_for: Duration
) -> cognito.UserPoolClient:
    scopes = [cognito.OAuthScope.OPENID, cognito.OAuthScope.EMAIL]
    for audience in audiences:
        orders = cognito.ResourceServerScope(scope_name="orders", scope_description=f"What {audience} does with orders")
        server = pool.add_resource_server(audience.capitalize(), identifier=audience, scopes=[orders])
        scopes.append(cognito.OAuthScope.resource_server(server, orders))
    return pool.add_client(
        "Browser",
        generate_secret=False,
        prevent_user_existence_errors=True,
        auth_flows=cognito.AuthFlow(user_srp=True),
        o_auth=cognito.OAuthSettings(
            flows=cognito.OAuthFlows(authorization_code_grant=True),
            scopes=scopes,
            callback_urls=list(stage.sign_in_addresses),
            logout_urls=list(stage.sign_in_addresses),
        ),
        supported_identity_providers=[cognito.UserPoolClientIdentityProvider.COGNITO],
        access_token_validity=Duration.hours(1),
        id_token_validity=Duration.hours(1),
        refresh_token_validity=signed_in_for,
        enable_token_revocation=True,
    )
