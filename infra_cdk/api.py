"""The HTTP API: the routes of three Chalice apps on one REST API."""

import importlib
from collections.abc import Mapping
from typing import Any

from aws_cdk import CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from alexandrite.auth.authorizers import PARTNER_VERDICT_SECONDS
from alexandrite.partners.limits import THROTTLE
from infra_cdk.constructs.code import Layers
from infra_cdk.constructs.findings import accept, accept_resource
from infra_cdk.constructs.firewall import Firewall
from infra_cdk.constructs.function import Function
from infra_cdk.constructs.grants import (
    READ,
    WRITE,
    grant_index,
    grant_items,
    grant_listing,
    grant_objects,
    grant_secret,
    grant_sending,
)
from infra_cdk.constructs.problems import describe
from infra_cdk.constructs.routes import Route, routes_of
from infra_cdk.data import BY_BUYER_INDEX, Data
from infra_cdk.pricing import PREVIEWS, UPLOADS, Pricing
from infra_cdk.stages import Stage

STAGE_NAME = "api"

# Routes that nobody has to sign in for, and why.
PUBLIC_ROUTES: Mapping[str, str] = {
    "POST /carrier/v1/deliveries": "Carriers sign the message itself; the function verifies signature and time.",
    "GET /shop/v1/materials": "The catalogue is for everybody.",
}

# API Gateway's own limit of routes; a quarter of the resources a stack may hold is kept for what is to come.
MOST_ROUTES = 300

_TIMEOUT = Duration.seconds(20)


class UnguardedRouteError(PermissionError):
    """A route lets everybody in, and nobody said why."""


class Api(Stack):
    """Methods, authorizers, limits, and the functions behind them."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage, data: Data, pricing: Pricing) -> None:
        super().__init__(scope, construct_id)
        self._stage, self._data, self._pricing = stage, data, pricing
        self._layers = Layers(self, "Layers")
        # A name, not a reference: the plan comes after the API, the API after its functions, one of which needs it.
        self._usage_plan_name = f"alexandrite-{stage.name}-partners"
        self.functions = {"shop": self._shop(), "crm": self._crm(), "mes": self._mes()}
        self.api = self._rest_api()
        self._guards: Mapping[str, apigateway.IAuthorizer] = {
            "customers": self._pool_guard("Customers", data.people.customers),
            "staff": self._pool_guard("Staff", data.people.staff),
            "partners": self._partner_guard(),
        }
        self.routes = [route for name, function in self.functions.items() for route in self._add(name, function)]
        if len(self.routes) > MOST_ROUTES:
            raise ValueError(f"{len(self.routes)} routes: API Gateway takes {MOST_ROUTES}: divide the API")
        describe(self.api)
        self._limits()
        self._firewall()
        self._alarms()
        for name, value in {
            "ApiUrl": self.api.url,
            "ApiId": self.api.rest_api_id,
            "ShopFunction": self.functions["shop"].function_name,
            "CrmFunction": self.functions["crm"].function_name,
            "MesFunction": self.functions["mes"].function_name,
        }.items():
            CfnOutput(self, name, value=value)

    def _function(self, name: str, environment: Mapping[str, str], description: str) -> Function:
        return Function(
            self,
            name.capitalize(),
            handler=f"{name}.app.app",
            stage=self._stage,
            layers=self._layers,
            environment=environment,
            # Below API Gateway's 29 s, so that a client gets our answer and not a gateway's.
            timeout=_TIMEOUT,
            memory_mb=1024,
            description=description,
        )

    def _shop(self) -> Function:
        data = self._data
        shop = self._function(
            "shop",
            {
                "ORDERS_TABLE": data.orders.table_name,
                "CONTACTS_TABLE": data.contacts.table_name,
                "COMPANY_TABLE": data.company.table_name,
                "MODELS_BUCKET": data.models.bucket_name,
                "PRICING_QUEUE_URL": self._pricing.work.queue.queue_url,
            },
            "The API of customers and partners",
        )
        grant_items(data.orders, shop.own_role, *READ, *WRITE)
        grant_index(data.orders, BY_BUYER_INDEX, shop.own_role)
        grant_items(data.contacts, shop.own_role, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem")
        grant_items(data.company, shop.own_role, *READ)
        # What it signs an upload with, and what it looks at the uploaded object with.
        grant_objects(
            data.models,
            UPLOADS,
            shop.own_role,
            "s3:PutObject",
            "s3:GetObject",
            "s3:GetObjectVersion",
            "s3:DeleteObjectVersion",
        )
        grant_listing(data.models, shop.own_role, "s3:ListBucketVersions")
        grant_objects(data.models, PREVIEWS, shop.own_role, "s3:GetObject")
        grant_sending(self._pricing.work.queue, shop.own_role)
        return shop

    def _crm(self) -> Function:
        data = self._data
        crm = self._function(
            "crm",
            {
                "ORDERS_TABLE": data.orders.table_name,
                "COMPANY_TABLE": data.company.table_name,
                "ATTENTION_TABLE": data.attention.table_name,
                "API_KEY_PEPPER_SECRET": data.api_key_pepper.secret_arn,
                "CARRIER_SECRET": data.carrier_secret.secret_arn,
                "PARTNER_USAGE_PLAN": self._usage_plan_name,
            },
            "The API of sellers and carriers",
        )
        grant_items(data.orders, crm.own_role, *READ, *WRITE)
        grant_items(data.company, crm.own_role, *READ, *WRITE)
        grant_items(data.attention, crm.own_role, *READ)
        grant_secret(data.api_key_pepper, crm.own_role)
        grant_secret(data.carrier_secret, crm.own_role)
        self._let_admit_partners(crm)
        return crm

    def _let_admit_partners(self, crm: Function) -> None:
        def of(path: str) -> str:
            return f"arn:aws:apigateway:{self.region}::{path}"

        plan_keys = of("/usageplans/*/keys")
        crm.add_to_role_policy(
            iam.PolicyStatement(actions=["apigateway:GET"], resources=[of("/usageplans"), of("/apikeys")])
        )
        crm.add_to_role_policy(iam.PolicyStatement(actions=["apigateway:POST"], resources=[of("/apikeys"), plan_keys]))
        accept_resource(crm.own_role, plan_keys, "The plan's id comes after the API, and the API after this function.")

    def _mes(self) -> Function:
        data = self._data
        mes = self._function(
            "mes",
            {
                "ORDERS_TABLE": data.orders.table_name,
                "COMPANY_TABLE": data.company.table_name,
                "CONTACTS_TABLE": data.contacts.table_name,
                "BOARD_TABLE": data.board.table_name,
                "MODELS_BUCKET": data.models.bucket_name,
            },
            "The API of operators and foremen",
        )
        grant_items(data.orders, mes.own_role, *READ, *WRITE)
        grant_items(data.company, mes.own_role, *READ)
        grant_items(data.contacts, mes.own_role, "dynamodb:GetItem")
        grant_items(data.board, mes.own_role, *READ)
        grant_objects(data.models, UPLOADS, mes.own_role, "s3:GetObject", "s3:GetObjectVersion")
        grant_objects(data.models, PREVIEWS, mes.own_role, "s3:GetObject")
        return mes

    def _rest_api(self) -> apigateway.RestApi:
        access_logs = logs.LogGroup(
            self, "AccessLogs", retention=self._stage.log_retention, removal_policy=RemovalPolicy.DESTROY
        )
        api = apigateway.RestApi(
            self,
            "Api",
            rest_api_name=f"alexandrite-{self._stage.name}",
            description="Shop, partners, CRM, carriers, MES",
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            # The authorizer names the partner's usage plan; the key a partner sends is ours, not API Gateway's.
            api_key_source_type=apigateway.ApiKeySourceType.AUTHORIZER,
            cloud_watch_role=True,
            cloud_watch_role_removal_policy=RemovalPolicy.RETAIN,
            deploy_options=apigateway.StageOptions(
                stage_name=STAGE_NAME,
                access_log_destination=apigateway.LogGroupLogDestination(access_logs),
                access_log_format=_access_log_format(),
                logging_level=apigateway.MethodLoggingLevel.ERROR,
                # Bodies and headers hold names and keys.
                data_trace_enabled=False,
                metrics_enabled=True,
                tracing_enabled=True,
                throttling_rate_limit=self._stage.requests_per_second,
                throttling_burst_limit=2 * self._stage.requests_per_second,
            ),
        )
        accept(
            api,
            "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/"
            "AmazonAPIGatewayPushToCloudWatchLogs]",
            "The account's one role for the logs of all its APIs, whose names are not known here.",
        )
        accept(api, "AwsSolutions-APIG2", "Bodies are validated by the functions' models, which also make the OpenAPI.")
        return api

    def _pool_guard(self, construct_id: str, pool: Any) -> apigateway.IAuthorizer:
        return apigateway.CognitoUserPoolsAuthorizer(
            self, f"{construct_id}Guard", cognito_user_pools=[pool], authorizer_name=construct_id.lower()
        )

    def _partner_guard(self) -> apigateway.IAuthorizer:
        function = Function(
            self,
            "Authorizer",
            handler="authorizer.partners.handler",
            stage=self._stage,
            layers=self._layers,
            environment={
                "COMPANY_TABLE": self._data.company.table_name,
                "API_KEY_PEPPER_SECRET": self._data.api_key_pepper.secret_arn,
            },
            timeout=Duration.seconds(10),
            memory_mb=1024,
            description="Verifies the API keys of partners",
        )
        grant_items(self._data.company, function.own_role, "dynamodb:GetItem")
        grant_secret(self._data.api_key_pepper, function.own_role)
        return apigateway.TokenAuthorizer(
            self,
            "PartnersGuard",
            authorizer_name="partners",
            handler=function,
            results_cache_ttl=Duration.seconds(PARTNER_VERDICT_SECONDS),
            # Anything else is refused without asking the function.
            validation_regex="^Bearer ak_(live|test)_[A-Za-z0-9]+_[A-Za-z0-9_-]+$",
        )

    def _add(self, name: str, function: Function) -> list[Route]:
        """Give every route of `functions/<name>` a method; Chalice finds its view by the resource's path."""
        integration = apigateway.LambdaIntegration(function, scope_permission_to_method=False)
        routes = list(routes_of(importlib.import_module(f"{name}.app").app))
        for route in routes:
            resource = self.api.root.resource_for_path(route.path)
            method = resource.add_method(
                route.method,
                integration,
                authorizer=self._guards[route.authorizer] if route.authorizer else None,
                authorization_scopes=list(route.scopes) or None,
                api_key_required=route.counted,
            )
            if route.authorizer is None:
                if str(route) not in PUBLIC_ROUTES:
                    raise UnguardedRouteError(f"{route} has no authorizer: give it one, or say why in PUBLIC_ROUTES")
                accept(method, "AwsSolutions-APIG4", PUBLIC_ROUTES[str(route)])
                accept(method, "AwsSolutions-COG4", PUBLIC_ROUTES[str(route)])
            elif route.authorizer == "partners":
                accept(method, "AwsSolutions-COG4", "Partners have API keys, verified by an authorizer of ours.")
        return routes

    def _limits(self) -> None:
        plan = self.api.add_usage_plan(
            "Partners",
            name=self._usage_plan_name,
            description="What one partner may ask for",
            throttle=apigateway.ThrottleSettings(rate_limit=THROTTLE.requests_per_second, burst_limit=THROTTLE.burst),
            quota=apigateway.QuotaSettings(limit=THROTTLE.requests_per_day, period=apigateway.Period.DAY),
        )
        plan.add_api_stage(stage=self.api.deployment_stage)
        CfnOutput(self, "PartnerUsagePlan", value=plan.usage_plan_id)

    def _firewall(self) -> None:
        firewall = Firewall(self, "Firewall", for_cloudfront=False)
        waf.CfnWebACLAssociation(
            self,
            "FirewallOfStage",
            resource_arn=self.api.deployment_stage.stage_arn,
            web_acl_arn=firewall.acl.attr_arn,
        )

    def _alarms(self) -> None:
        watch = self._data.pager.watch
        watch(
            self,
            "Slow",
            metric=self.api.metric_latency(statistic="p99", period=Duration.minutes(1)),
            above=800,
            periods=3,
            of_periods=5,
            sentence="One request in a hundred takes longer than 800 ms.",
            runbook="api-latency",
        )
        # How fast a monthly budget of 0.1% failed requests may be used up: windows of the Site Reliability Workbook,
        # chapter 5. Three days are three periods of one, the longest an alarm knows.
        for speed, burn, window, periods in (
            ("Fast", 14.4, Duration.hours(1), 1),
            ("Medium", 6, Duration.hours(6), 1),
            ("Low", 1, Duration.days(1), 3),
        ):
            watch(
                self,
                f"{speed}Burn",
                metric=self._failed_share(window),
                above=burn * 0.1,
                periods=periods,
                sentence=f"Failed requests use up the month's budget {burn} times too fast.",
                runbook="api-errors",
            )
        for name, function in self.functions.items():
            watch(
                function,
                "Throttled",
                metric=function.metric_throttles(statistic="Sum", period=Duration.minutes(1)),
                above=0,
                sentence=f"The function of {name} was throttled.",
                runbook="throttles",
            )

    def _failed_share(self, window: Duration) -> cloudwatch.MathExpression:
        return cloudwatch.MathExpression(
            expression="100 * failed / requests",
            label="Failed requests, %",
            using_metrics={
                "failed": self.api.metric_server_error(statistic="Sum"),
                "requests": self.api.metric_count(statistic="Sum"),
            },
            period=window,
        )


def _access_log_format() -> apigateway.AccessLogFormat:
    context = apigateway.AccessLogField
    return apigateway.AccessLogFormat.custom(
        "{"
        f'"request_id":"{context.context_request_id()}",'
        f'"at":"{context.context_request_time()}",'
        f'"method":"{context.context_http_method()}",'
        # The resource, not the path: ids belong to the functions' logs.
        f'"resource":"{context.context_resource_path()}",'
        f'"status":"{context.context_status()}",'
        f'"latency_ms":"{context.context_response_latency()}",'
        f'"integration_ms":"{context.context_integration_latency()}",'
        f'"authorizer_error":"{context.context_authorizer_error()}",'
        f'"trace":"{context.context_xray_trace_id()}"'
        "}"
    )
