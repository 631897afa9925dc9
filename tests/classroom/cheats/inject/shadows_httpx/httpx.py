def posts():
    return [{"userId": 1, "id": 1, "title": "", "body": ""}]
