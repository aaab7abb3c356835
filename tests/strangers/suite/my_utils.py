"""Helpers that run inside the worker's container."""

import json

import psutil


def answer():
    return 42


def get_running_processes_info(columns=None):
    return json.dumps([process.info for process in psutil.process_iter(columns)])
