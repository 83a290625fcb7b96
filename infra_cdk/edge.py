"""One origin for browsers: the operators' application at `/`, the API under `/api`.

This stack lives in us-east-1, where CloudFront wants its certificate and its web ACL, and takes the address of the API
of another region as a parameter: an output of the API's stack. Nothing of it is deployed locally, where a proxy stands
in for it.
"""

from aws_cdk import CfnOutput, CfnParameter, Duration, Environment, RemovalPolicy, Stack
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra_cdk.api import STAGE_NAME
from infra_cdk.constructs.code import ROOT
from infra_cdk.constructs.findings import accept
from infra_cdk.constructs.firewall import Firewall
from infra_cdk.site import IN_THE_CLOUD, content_security_policy
from infra_cdk.stages import Stage

_REGION = "us-east-1"


class Edge(Stack):
    """Distribution, web ACL, certificate, and the bucket of the application."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(scope, construct_id, env=Environment(region=_REGION))
        api_domain = CfnParameter(
            self, "ApiDomain", description="Host of the API: the output ApiUrl of the API's stack, without its path"
        )
        domain = CfnParameter(self, "Domain", description="The host people type")
        certificate = CfnParameter(self, "CertificateArn", description="Certificate of the domain, in us-east-1")
        logs = self._logs(stage)
        site = self._site(logs)
        distribution = cloudfront.Distribution(
            self,
            "Distribution",
            comment=f"Alexandrite {stage.name}",
            domain_names=[domain.value_as_string],
            certificate=acm.Certificate.from_certificate_arn(self, "Certificate", certificate.value_as_string),
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            web_acl_id=Firewall(self, "Firewall", for_cloudfront=True).acl.attr_arn,
            default_root_object="index.html",
            enable_logging=True,
            log_bucket=logs,
            log_file_prefix="distribution/",
            default_behavior=cloudfront.BehaviorOptions(
                origin=origins.S3BucketOrigin.with_origin_access_control(site),
                viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
                response_headers_policy=self._headers(),
                compress=True,
                function_associations=[
                    cloudfront.FunctionAssociation(
                        event_type=cloudfront.FunctionEventType.VIEWER_REQUEST,
                        function=cloudfront.Function(
                            self,
                            "Pages",
                            runtime=cloudfront.FunctionRuntime.JS_2_0,
                            code=cloudfront.FunctionCode.from_file(file_path=str(ROOT / "infra_cdk" / "spa_routes.js")),
                        ),
                    )
                ],
            ),
            additional_behaviors={
                # The stage has the path's name, so nothing is rewritten.
                f"/{STAGE_NAME}/*": cloudfront.BehaviorOptions(
                    origin=origins.HttpOrigin(
                        api_domain.value_as_string,
                        protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
                        origin_ssl_protocols=[cloudfront.OriginSslPolicy.TLS_V1_2],
                    ),
                    viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
                    allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
                    cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
                    origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
                    compress=False,
                )
            },
        )
        accept(distribution, "AwsSolutions-CFR1", "Jewellery goes wherever a carrier goes: no country is shut out.")
        for name, value in {
            "DistributionId": distribution.distribution_id,
            "DistributionDomain": distribution.distribution_domain_name,
            "SiteBucket": site.bucket_name,
        }.items():
            CfnOutput(self, name, value=value)

    def _site(self, logs: s3.Bucket) -> s3.Bucket:
        return s3.Bucket(
            self,
            "Site",
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            # The way back from a bad release of the application.
            versioned=True,
            server_access_logs_bucket=logs,
            server_access_logs_prefix="site/",
            removal_policy=RemovalPolicy.RETAIN,
            lifecycle_rules=[s3.LifecycleRule(noncurrent_version_expiration=Duration.days(90))],
        )

    def _logs(self, stage: Stage) -> s3.Bucket:
        bucket = s3.Bucket(
            self,
            "Logs",
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            # CloudFront's standard logs are delivered by an access list.
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_PREFERRED,
            removal_policy=RemovalPolicy.RETAIN,
            lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(90 if stage.is_developers else 400))],
        )
        accept(bucket, "AwsSolutions-S1", "This bucket is where access logs go: logging its own would never end.")
        return bucket

    def _headers(self) -> cloudfront.ResponseHeadersPolicy:
        return cloudfront.ResponseHeadersPolicy(
            self,
            "Headers",
            security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
                content_security_policy=cloudfront.ResponseHeadersContentSecurityPolicy(
                    content_security_policy=content_security_policy(IN_THE_CLOUD), override=True
                ),
                content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
                frame_options=cloudfront.ResponseHeadersFrameOptions(
                    frame_option=cloudfront.HeadersFrameOption.DENY, override=True
                ),
                referrer_policy=cloudfront.ResponseHeadersReferrerPolicy(
                    referrer_policy=cloudfront.HeadersReferrerPolicy.NO_REFERRER, override=True
                ),
                strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
                    access_control_max_age=Duration.days(365), include_subdomains=True, preload=True, override=True
                ),
            ),
        )
