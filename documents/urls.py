from django.urls import path

from documents import views

app_name = "documents"

urlpatterns = [
    # jobs: whoever asked for work sees how far it is and takes the files
    path("jobs/", views.jobs, name="jobs"),
    path("jobs/<uuid:job_id>/", views.job, name="job"),
    path("jobs/<uuid:job_id>/progress/", views.job_progress, name="job_progress"),
    path("jobs/<uuid:job_id>/retry/", views.retry_job, name="retry_job"),
    path("jobs/<uuid:job_id>/files.zip", views.outputs, name="outputs"),
    path("jobs/<uuid:job_id>/files/<int:output_id>/", views.output, name="output"),
]
