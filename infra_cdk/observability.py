"""What engineers look at: dashboards over the other stacks. Alarms live beside what they watch."""

from collections.abc import Sequence

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra_cdk.api import Api
from infra_cdk.constructs.alarms import one_minute
from infra_cdk.constructs.function import METRICS_NAMESPACE
from infra_cdk.constructs.work_queue import WorkQueue
from infra_cdk.events import Events
from infra_cdk.pricing import Pricing
from infra_cdk.stages import Stage
from infra_cdk.workflow import Workflow


class Observability(Stack):
    """Business, pricing, API and queues."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        events: Events,
        workflow: Workflow,
        api: Api,
        pricing: Pricing,
    ) -> None:
        super().__init__(scope, construct_id)
        self._stage = stage
        queues = {
            "orchestrate": workflow.consumer,
            "board": events.board,
            "crm": events.crm,
            "pricing": pricing.work,
        }
        self._dashboard(
            "Business",
            [
                _graph("Orders standing still", [_own("OrdersStuck", "Maximum", "sweeper")]),
                _graph(
                    "Promise",
                    [_own("OrdersAtRisk", "Maximum", "sweeper"), _own("OrdersLate", "Maximum", "sweeper")],
                ),
                _graph("Open orders", [_own("OrdersOpen", "Maximum", "sweeper")]),
                _graph(
                    "Executions of the order machine",
                    [workflow.machine.metric_started(), workflow.machine.metric_succeeded()],
                    [workflow.machine.metric_failed(), workflow.machine.metric_timed_out()],
                ),
            ],
        )
        self._dashboard(
            "Pricing",
            [
                _graph(
                    "Analyses", [_own("AnalysesFinished", "Sum", "pricing"), _own("AnalysesFailed", "Sum", "pricing")]
                ),
                _graph(
                    "Time of an analysis, s",
                    [_own("AnalysisSeconds", statistic, "pricing") for statistic in ("p50", "p95", "p99")],
                ),
                _graph(
                    "Workers",
                    [pricing.service.metric_cpu_utilization(), pricing.service.metric_memory_utilization()],
                ),
                _queue_graph("pricing", pricing.work),
            ],
        )
        self._dashboard("Queues", [_queue_graph(name, queue) for name, queue in queues.items()])
        self._dashboard(
            "Api",
            [
                _graph(
                    "Requests",
                    [api.api.metric_count(statistic="Sum")],
                    [api.api.metric_client_error(statistic="Sum"), api.api.metric_server_error(statistic="Sum")],
                ),
                _graph(
                    "Latency, ms", [api.api.metric_latency(statistic=statistic) for statistic in ("p50", "p95", "p99")]
                ),
                *(
                    _graph(
                        f"{name}: time of a call, ms",
                        [function.metric_duration(statistic=statistic) for statistic in ("p50", "p99")],
                        [function.metric_throttles()],
                    )
                    for name, function in api.functions.items()
                ),
            ],
        )

    def _dashboard(self, name: str, widgets: Sequence[cloudwatch.IWidget]) -> None:
        cloudwatch.Dashboard(
            self,
            name,
            dashboard_name=f"alexandrite-{self._stage.name}-{name.lower()}",
            default_interval=Duration.hours(12),
            widgets=[list(widgets[row : row + 2]) for row in range(0, len(widgets), 2)],
        )


def _own(name: str, statistic: str, service: str) -> cloudwatch.Metric:
    return one_minute(name, METRICS_NAMESPACE, statistic, service=service)


def _graph(
    title: str, left: Sequence[cloudwatch.IMetric], right: Sequence[cloudwatch.IMetric] = ()
) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(left), right=list(right), width=12, height=6)


def _queue_graph(name: str, work: WorkQueue) -> cloudwatch.GraphWidget:
    return _graph(
        f"Queue {name}",
        [
            work.queue.metric_approximate_number_of_messages_visible(),
            work.queue.metric_approximate_number_of_messages_not_visible(),
            work.dead_letters.metric_approximate_number_of_messages_visible(label="Dead letters"),
        ],
        [work.queue.metric_approximate_age_of_oldest_message()],
    )
