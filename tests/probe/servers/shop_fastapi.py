"""A shop on FastAPI, with the document that it publishes itself. Prints its port first."""

import socket
import sys
import threading
from datetime import date
from enum import Enum
from typing import Annotated, Literal
from uuid import UUID, uuid4

import uvicorn
from fastapi import Cookie, Depends, FastAPI, File, Form, Header, HTTPException, Path, Query, Response, UploadFile
from fastapi.security import HTTPBearer
from pydantic import BaseModel, EmailStr, Field

app = FastAPI(title="Shop", version="1.0")
bearer = HTTPBearer()


class Colour(str, Enum):
    red = "red"
    green = "green"


class Dimensions(BaseModel):
    width: float = Field(gt=0, le=1000)
    height: float = Field(gt=0, le=1000)


class NewItem(BaseModel):
    name: str = Field(min_length=2, max_length=30)
    price: float = Field(ge=0, le=10_000)
    colour: Colour = Colour.red
    stock: int = Field(default=0, ge=0, le=1_000)
    tags: list[str] = Field(default=[], max_length=4)
    dimensions: Dimensions | None = None


class StrictItem(NewItem):
    model_config = {"extra": "forbid", "strict": False}


class Item(NewItem):
    id: UUID


class Problem(BaseModel):
    detail: str


class Order(BaseModel):
    item_id: UUID
    quantity: int = Field(ge=1, le=99)
    deliver_on: date | None = None
    note: str | None = Field(default=None, max_length=80, pattern="^[ -~]*$")


class PlacedOrder(Order):
    id: int
    status: Literal["open", "shipped"] = "open"


ITEMS: dict[UUID, Item] = {}
ORDERS: dict[int, PlacedOrder] = {}
LOCK = threading.Lock()
NOT_FOUND = {404: {"model": Problem, "description": "There is no such thing."}}
CONFLICT = {409: {"model": Problem, "description": "The name is already taken."}}


def who(token=Depends(bearer)):
    if token.credentials != "t0ken-of-the-owner":
        raise HTTPException(401, "who is that?")


UNAUTHORISED = {401: {"model": Problem}, 403: {"model": Problem}}


@app.get("/items")
def list_items(
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
    offset: Annotated[int, Query(ge=0)] = 0,
    colour: Colour | None = None,
    q: Annotated[str | None, Query(min_length=2, max_length=20)] = None,
) -> list[Item]:
    found = [item for item in ITEMS.values() if colour in (None, item.colour)]
    return found[offset : offset + limit]


@app.post("/items", status_code=201, responses=CONFLICT)
def create_item(new: StrictItem) -> Item:
    with LOCK:
        if any(item.name == new.name for item in ITEMS.values()):
            raise HTTPException(409, "taken")
        item = Item(id=uuid4(), **new.model_dump())
        ITEMS[item.id] = item
        return item


@app.get("/items/{item_id}", responses=NOT_FOUND)
def show_item(item_id: UUID) -> Item:
    if item_id not in ITEMS:
        raise HTTPException(404, "no such item")
    return ITEMS[item_id]


@app.put("/items/{item_id}", responses=NOT_FOUND)
def replace_item(item_id: UUID, new: NewItem) -> Item:
    if item_id not in ITEMS:
        raise HTTPException(404, "no such item")
    ITEMS[item_id] = Item(id=item_id, **new.model_dump())
    return ITEMS[item_id]


@app.delete("/items/{item_id}", status_code=204, responses=NOT_FOUND)
def delete_item(item_id: UUID):
    if ITEMS.pop(item_id, None) is None:
        raise HTTPException(404, "no such item")


# 404 where the item of the order does not exist, and not in its document.
@app.post("/orders", status_code=201)
def place_order(order: Order) -> PlacedOrder:
    if order.item_id not in ITEMS:
        raise HTTPException(404, "no such item")
    with LOCK:
        placed = PlacedOrder(id=len(ORDERS) + 1, **order.model_dump())
        ORDERS[placed.id] = placed
        return placed


@app.get("/orders/{order_id}", responses=NOT_FOUND)
def show_order(order_id: Annotated[int, Path(ge=1)]) -> PlacedOrder:
    if order_id not in ORDERS:
        raise HTTPException(404, "no such order")
    return ORDERS[order_id]


@app.delete("/orders/{order_id}", status_code=204, responses=NOT_FOUND)
def cancel_order(order_id: int):
    if ORDERS.pop(order_id, None) is None:
        raise HTTPException(404, "no such order")


@app.get("/account", dependencies=[Depends(who)], responses=UNAUTHORISED)
def account() -> dict[str, str]:
    return {"name": "owner"}


@app.get("/greeting")
def greeting(
    x_language: Annotated[str, Header(pattern="^[a-z]{2}$")],
    session: Annotated[str | None, Cookie(max_length=10)] = None,
) -> dict[str, str]:
    return {"language": x_language}


@app.get("/basket")
def basket(basket: Annotated[int, Cookie(ge=1)]) -> dict[str, int]:
    return {"basket": basket}


@app.post("/login")
def login(username: Annotated[str, Form(min_length=3, max_length=20)], age: Annotated[int, Form(ge=18)]) -> dict[str, str]:
    return {"welcome": username}


@app.post("/pictures")
def upload(picture: Annotated[UploadFile, File()], title: Annotated[str, Form(max_length=10)]) -> dict[str, str]:
    return {"title": title}


@app.get("/__left", include_in_schema=False)
def left():
    return [*ITEMS, *ORDERS]


LOG: list[str] = []


@app.middleware("http")
async def log(request, call_next):
    LOG.append(f"{request.method} {request.url.path}")
    return await call_next(request)


@app.get("/__log", include_in_schema=False)
def log_of():
    return LOG


listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off")).run(sockets=[listener])
