"""What people fill in."""

from django import forms
from django.contrib.auth.forms import UserCreationForm

from myapp.intake.lines import Line
from myapp.models import Product, User, new_reference


class RegistrationForm(UserCreationForm):
    class Meta:
        model = User
        fields = ("username", "email")


class ReferenceForm(forms.Form):
    """A form that names the work it asks for, so that sending it twice asks once."""

    reference = forms.SlugField(max_length=64, required=False, widget=forms.HiddenInput)

    def clean_reference(self):
        return self.cleaned_data["reference"] or new_reference()


class OrderForm(ReferenceForm):
    """``sku`` and ``quantity`` are lists of the same length; a quantity of 0 is left out."""

    def clean(self):
        skus, quantities = self.data.getlist("sku"), self.data.getlist("quantity")
        if len(skus) != len(quantities):
            raise forms.ValidationError("Each product needs a quantity.")
        wanted = {}
        for sku, text in zip(skus, quantities, strict=True):
            quantity = forms.IntegerField(min_value=0, max_value=1000).clean(text)
            wanted[sku] = wanted.get(sku, 0) + quantity
        self.cleaned_data["lines"] = _lines({sku: n for sku, n in wanted.items() if n})
        return self.cleaned_data


def _lines(wanted):
    if not wanted:
        raise forms.ValidationError("Choose at least one product.")
    products = {product.sku: product for product in Product.objects.filter(sku__in=wanted)}
    if missing := wanted.keys() - products.keys():
        raise forms.ValidationError(f"We do not have {', '.join(sorted(missing))}.")
    return [Line(products[sku], quantity) for sku, quantity in sorted(wanted.items())]


class ReportForm(ReferenceForm):
    pages = forms.IntegerField(min_value=1, max_value=1_000_000, initial=10)


class ImportForm(ReferenceForm):
    file = forms.FileField(help_text="CSV with the columns sku, name, price")
