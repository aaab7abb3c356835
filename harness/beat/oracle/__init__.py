"""When schedules are due, by other means than Celery's: cronsim, astral, plain arithmetic."""
