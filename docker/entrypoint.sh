#!/bin/sh
# The parts of the product, by name: web, votes, worker, beat, prepare (roles and migrations), or any management command.
set -eu
cd /app
case ${1:-web} in
    web)
        exec .venv/bin/gunicorn config.wsgi:application --bind=0.0.0.0:8000 --worker-class=gthread \
            --workers="${WEB_WORKERS:-2}" --threads="${WEB_THREADS:-8}" --timeout=60 --graceful-timeout=25 \
            --max-requests=5000 --max-requests-jitter=500 --no-control-socket --worker-tmp-dir=/dev/shm
        ;;
    votes)
        # under this server a vote takes half the processor time (docs/adr/0013)
        exec .venv/bin/granian config.votes:application --interface=wsgi --host=0.0.0.0 --port=8000 --http=1 \
            --workers="${VOTE_WORKERS:-2}" --blocking-threads="${VOTE_THREADS:-32}" --respawn-failed-workers \
            --workers-kill-timeout=25
        ;;
    worker)
        exec .venv/bin/celery -A config --quiet worker --loglevel=INFO --concurrency="${WORKER_PROCESSES:-2}"
        ;;
    beat)
        exec .venv/bin/celery -A config --quiet beat --loglevel=INFO --schedule=/app/var/beat --pidfile=
        ;;
    prepare)
        exec .venv/bin/python -m config.launcher prepare
        ;;
    *)
        exec .venv/bin/python manage.py "$@"
        ;;
esac
