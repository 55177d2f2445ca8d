import getpass
import os
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from unions.models import User


class Command(BaseCommand):
    help = "Make the first platform operator, or turn a user into one. The password comes from OPERATOR_PASSWORD or is asked."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--name", required=True)

    def handle(self, *, email: str, name: str, **_: Any) -> None:
        user = User.objects.filter(email=email.lower()).first()
        if user is not None:
            user.is_staff = True
            user.save(update_fields=["is_staff"])
            self.stdout.write(f"{email} is a platform operator now; the password stays.")
            return
        password = os.environ.get("OPERATOR_PASSWORD") or getpass.getpass("Password: ")
        try:
            validate_email(email)
            validate_password(password, User(email=email, name=name))
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        User.objects.create_operator(email=email, name=name, password=password)
        self.stdout.write(f"{email} is a platform operator. Sign in and set up the second factor.")
