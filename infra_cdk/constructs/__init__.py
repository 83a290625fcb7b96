"""What the stacks share: functions and their code, work queues, alarms, grants, acknowledged findings."""
