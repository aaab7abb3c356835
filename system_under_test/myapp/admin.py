"""The admin: task results as an operator wants them, and what the shop remembers."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django_celery_results.models import TaskResult

from myapp import models


class TaskResultAdmin(admin.ModelAdmin):
    list_display = ("task_id", "task_name", "status", "date_done")
    list_filter = ("status", "task_name")
    search_fields = ("task_id", "task_name")


admin.site.unregister(TaskResult)
admin.site.register(TaskResult, TaskResultAdmin)


@admin.register(models.User)
class CustomerAdmin(UserAdmin):
    fieldsets = (*UserAdmin.fieldsets, ("Shop", {"fields": ("payment_id", "email_preferences")}))


@admin.register(models.Product)
class ProductAdmin(admin.ModelAdmin):
    list_display = ("sku", "name", "price", "stock")


class OrderItemInline(admin.TabularInline):
    model = models.OrderItem
    extra = 0


@admin.register(models.Order)
class OrderAdmin(admin.ModelAdmin):
    list_display = ("reference_number", "customer", "status", "total", "created_at")
    list_filter = ("status",)
    search_fields = ("reference_number",)
    inlines = (OrderItemInline,)


@admin.register(models.CrmSync, models.ImportJob, models.Mail, models.Notification, models.Report)
class WorkAdmin(admin.ModelAdmin):
    list_display = ("__str__", "status", "due_at")
    list_filter = ("status",)


admin.site.register((models.Alert, models.InventorySnapshot))
